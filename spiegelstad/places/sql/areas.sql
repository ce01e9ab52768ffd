-- name: areas_touching_box
-- Candidates only: the operator compares with a small absolute epsilon, so it may give too many and never too few.
SELECT area.id
FROM places_area AS area JOIN places_areatype AS type ON type.id = area.area_type_id
WHERE area.tenant_id = %(tenant)s
  AND area.box && box(point(%(west)s, %(south)s), point(%(east)s, %(north)s))
  AND (area.valid_from IS NULL OR area.valid_from <= %(on)s)
  AND (area.valid_to IS NULL OR area.valid_to >= %(on)s)
  AND (%(area_type)s::text IS NULL OR type.slug = %(area_type)s)
ORDER BY type.level, type.slug, area.code

-- name: boxes_of_areas
SELECT min(least((area.box[0])[0], (area.box[1])[0])), min(least((area.box[0])[1], (area.box[1])[1])),
       max(greatest((area.box[0])[0], (area.box[1])[0])), max(greatest((area.box[0])[1], (area.box[1])[1]))
FROM places_area AS area JOIN places_areatype AS type ON type.id = area.area_type_id
WHERE area.tenant_id = %(tenant)s AND type.slug = %(area_type)s
  AND (area.valid_from IS NULL OR area.valid_from <= %(on)s)
  AND (area.valid_to IS NULL OR area.valid_to >= %(on)s)
