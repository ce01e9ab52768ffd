"""What a steward does with a device: put it in the register, change what is told of it, take it into or out of use."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from spiegelstad.accounts.public import Actor, CityRequest
from spiegelstad.governance.public import Thing, may, require
from spiegelstad.sensors.actions import CannotBeActive, activate_device, register_device
from spiegelstad.sensors.forms import DescribeDevice
from spiegelstad.sensors.queries import described_device
from spiegelstad.sensors.rules import REGISTER_DEVICE, DeviceIn


def may_describe(actor: Actor, key: str, department: str) -> bool:
    """Whether this actor is shown the ways to change a device of this department."""
    return may(actor, REGISTER_DEVICE, Thing("device", key, actor.tenant_id, department=department)).allowed


def may_add(actor: Actor) -> bool:
    """Whether this actor is shown the way to a new device: of an own department, or as administrator of any."""
    return any(may_describe(actor, "", department) for department in {"", *actor.departments})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: CityRequest) -> HttpResponse:
    """Ask what a new device is, and put it in the register; it is not in use yet."""
    if not may_add(request.actor):
        require(request.actor, REGISTER_DEVICE, Thing("device", "", request.actor.tenant_id))
    return _describe(request, None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: CityRequest, key: str) -> HttpResponse:
    """Ask what is different about a device, and change that."""
    present = described_device(request.actor, key)
    require(
        request.actor, REGISTER_DEVICE, Thing("device", key, request.actor.tenant_id, department=present.department)
    )
    return _describe(request, present)


def _describe(request: CityRequest, present: DeviceIn | None) -> HttpResponse:
    form = DescribeDevice(request.POST or None, actor=request.actor, present=present)
    if request.method == "POST" and form.is_valid():
        device = form.device()
        register_device(by=request.actor, device=device)
        messages.success(
            request, _("The register has been changed.") if present else _("The device is in the register.")
        )
        return HttpResponseRedirect(f"/sensors/{device.key}")
    return render(request, "sensors/describe.html", {"form": form, "present": present})


@require_POST
def activate(request: CityRequest, key: str) -> HttpResponse:
    """Take a device into use (`active=1`) or out of it, and return to its page, with the reasons when it can't be."""
    try:
        activate_device(by=request.actor, key=key, active=request.POST.get("active") == "1")
    except CannotBeActive as refused:
        for reason in refused.reasons.values():
            messages.error(request, reason)
    return HttpResponseRedirect(f"/sensors/{key}")
