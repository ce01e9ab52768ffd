"""Every operation of the binding: what its description is made of, and what the docs count.

A line: method, path, name, clause, body (`-`: none), statuses of success, parameters.
"""

from typing import NamedTuple


class Operation(NamedTuple):
    """One method on one path."""

    method: str
    path: str
    name: str
    clause: str
    body: str
    statuses: tuple[str, ...]
    parameters: tuple[str, ...]


_SELECT = "id,type,idPattern,attrs,q,csf,georel,geometry,coordinates,geoproperty,scopeQ,expandValues,jsonKeys,local"
_SHOW = "attrs,pick,omit,lang,datasetId,options,format,local"
_GRAPH = "geometryProperty,containedBy,join,joinLevel,entityMap"
_PAGE = "limit,offset,after,before,count"
_MAPS = "entityMapLifetime,splitEntities"
_ORDER = "orderBy,orderFrom,orderGeometry,collation"
_WHEN = "timerel,timeAt,endTimeAt,timeproperty"
_TIME = f"{_WHEN},lastN,aggrMethods,aggrPeriodDuration"
_LIST = "limit,offset,count,options,sysAttrs"

_TABLE = f"""
POST   /entities createEntity 5.6.1 Entity 201 local
GET    /entities queryEntities 5.7.2 - 200 {_SELECT},{_SHOW},{_GRAPH},{_PAGE},{_ORDER},{_MAPS}
DELETE /entities purgeEntities 5.6.21 - 204,207 {_SELECT},keep,drop,geometryProperty
GET    /entities/{{entityId}} retrieveEntity 5.7.1 - 200 type,{_SHOW},{_GRAPH}
PUT    /entities/{{entityId}} replaceEntity 5.6.18 Entity 204,207 type,local
PATCH  /entities/{{entityId}} mergeEntity 5.6.17 Fragment 204,207 type,options,format,observedAt,lang,local
DELETE /entities/{{entityId}} deleteEntity 5.6.6 - 204,207 type,local
POST   /entities/{{entityId}}/attrs appendAttributes 5.6.3 Fragment 204,207 type,options,local
PATCH  /entities/{{entityId}}/attrs updateAttributes 5.6.2 Fragment 204,207 type,local
PATCH  /entities/{{entityId}}/attrs/{{attrId}} updateAttribute 5.6.4 Attribute 204,207 type,local
PUT    /entities/{{entityId}}/attrs/{{attrId}} replaceAttribute 5.6.19 Attribute 204,207 type,local
DELETE /entities/{{entityId}}/attrs/{{attrId}} deleteAttribute 5.6.5 - 204,207 type,datasetId,deleteAll,local
POST   /entityOperations/create createBatch 5.6.7 Entities 201,207 local
POST   /entityOperations/upsert upsertBatch 5.6.8 Entities 201,204,207 options,local
POST   /entityOperations/update updateBatch 5.6.9 Entities 204,207 options,local
POST   /entityOperations/merge mergeBatch 5.6.20 Entities 204,207 local
POST   /entityOperations/delete deleteBatch 5.6.10 Ids 204,207 local
POST   /entityOperations/query queryBatch 5.7.2 Query 200 {_PAGE},{_SHOW},geometryProperty,splitEntities
GET    /entityMaps/{{entityMapId}} retrieveEntityMap 5.14.1 - 200 -
PATCH  /entityMaps/{{entityMapId}} updateEntityMap 5.14.2 EntityMap 204 -
DELETE /entityMaps/{{entityMapId}} deleteEntityMap 5.14.3 - 204 -
GET    /types listTypes 5.7.5 - 200 details,local
GET    /types/{{type}} retrieveType 5.7.7 - 200 local
GET    /attributes listAttributes 5.7.8 - 200 details,local
GET    /attributes/{{attrId}} retrieveAttributeInfo 5.7.10 - 200 local
POST   /temporal/entities upsertTemporal 5.6.11 EntityTemporal 201,204 local
GET    /temporal/entities queryTemporal 5.7.4 - 200,206 {_SELECT},{_SHOW},{_TIME},{_PAGE}
GET    /temporal/entities/{{entityId}} retrieveTemporal 5.7.3 - 200,206 {_SHOW},{_TIME}
DELETE /temporal/entities/{{entityId}} deleteTemporal 5.6.16 - 204 local
POST   /temporal/entities/{{entityId}}/attrs appendTemporal 5.6.12 FragmentTemporal 204 local
DELETE /temporal/entities/{{entityId}}/attrs/{{attrId}} deleteTemporalAttribute 5.6.13 - 204 datasetId,deleteAll,local
PATCH  /temporal/entities/{{entityId}}/attrs/{{attrId}}/{{instanceId}} updateInstance 5.6.14 FragmentTemporal 204 local
DELETE /temporal/entities/{{entityId}}/attrs/{{attrId}}/{{instanceId}} deleteInstance 5.6.15 - 204 local
POST   /temporal/entityOperations/query queryTemporalBatch 5.7.4 Query 200,206 {_SHOW},{_TIME},{_PAGE}
POST   /subscriptions createSubscription 5.8.1 Subscription 201 local
GET    /subscriptions querySubscriptions 5.8.4 - 200 {_LIST},local
GET    /subscriptions/{{subscriptionId}} retrieveSubscription 5.8.3 - 200 options,sysAttrs,local
POST   /sourceNotifications/{{token}} takeSourceNotification 5.8.6 Notification 200 -
PATCH  /subscriptions/{{subscriptionId}} updateSubscription 5.8.2 Subscription 204 local
DELETE /subscriptions/{{subscriptionId}} deleteSubscription 5.8.5 - 204 local
POST   /csourceRegistrations createRegistration 5.9.2 Registration 201 -
GET    /csourceRegistrations queryRegistrations 5.10.2 - 200 {_SELECT},{_WHEN},{_LIST},geometryProperty,lang
GET    /csourceRegistrations/{{registrationId}} retrieveRegistration 5.10.1 - 200 options,sysAttrs
PATCH  /csourceRegistrations/{{registrationId}} updateRegistration 5.9.3 Registration 204 -
DELETE /csourceRegistrations/{{registrationId}} deleteRegistration 5.9.4 - 204 -
POST   /csourceSubscriptions createRegistrationSubscription 5.11.2 Subscription 201 -
GET    /csourceSubscriptions queryRegistrationSubscriptions 5.11.5 - 200 {_LIST}
GET    /csourceSubscriptions/{{subscriptionId}} retrieveRegistrationSubscription 5.11.4 - 200 options,sysAttrs
PATCH  /csourceSubscriptions/{{subscriptionId}} updateRegistrationSubscription 5.11.3 Subscription 204 -
DELETE /csourceSubscriptions/{{subscriptionId}} deleteRegistrationSubscription 5.11.6 - 204 -
POST   /jsonldContexts addContext 5.13.2 HostedContext 201 -
GET    /jsonldContexts listContexts 5.13.3 - 200 kind,details
GET    /jsonldContexts/{{contextId}} serveContext 5.13.4 - 200 details
DELETE /jsonldContexts/{{contextId}} deleteContext 5.13.5 - 204 reload
GET    /info/sourceIdentity retrieveIdentity 5.15.1 - 200 -
"""


def _read(line: str) -> Operation:
    method, path, name, clause, body, statuses, parameters = line.split()
    known = () if parameters == "-" else tuple(dict.fromkeys(parameters.split(",")))
    return Operation(method, path, name, clause, body.strip("-"), tuple(statuses.split(",")), known)


OPERATIONS = tuple(_read(line) for line in _TABLE.strip().splitlines())
