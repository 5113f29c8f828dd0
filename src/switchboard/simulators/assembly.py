"""Join the stand-ins: which vendor is mounted where, and how a world is made."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from switchboard.simulators.core.app import create_app
from switchboard.simulators.core.clock import SimClock
from switchboard.simulators.core.control import Collections, Control
from switchboard.simulators.core.door import VendorErrors
from switchboard.simulators.core.stage import Stage, VendorMount
from switchboard.simulators.core.world import World, WorldSpec
from switchboard.simulators.mail.pages import mail_routes
from switchboard.simulators.mail.state import MailDoor, MailState
from switchboard.simulators.ringcentral import errors as ringcentral_errors
from switchboard.simulators.ringcentral import routes as ringcentral_routes
from switchboard.simulators.ringcentral.state import RingCentralState
from switchboard.simulators.salesiq import api as salesiq_api
from switchboard.simulators.salesiq import errors as salesiq_errors
from switchboard.simulators.salesiq import widget
from switchboard.simulators.salesiq.control import salesiq_routes
from switchboard.simulators.salesiq.portal import Portal
from switchboard.simulators.salesiq.state import SalesIqState
from switchboard.simulators.scenario import add_calls, populate
from switchboard.simulators.zoho_accounts import errors as accounts_errors
from switchboard.simulators.zoho_accounts import routes as accounts_routes
from switchboard.simulators.zoho_accounts.state import AccountsState
from switchboard.simulators.zoho_crm import errors as crm_errors
from switchboard.simulators.zoho_crm import routes as crm_routes
from switchboard.simulators.zoho_crm.state import CrmState
from switchboard.simulators.zoho_desk import errors as desk_errors
from switchboard.simulators.zoho_desk import routes as desk_routes
from switchboard.simulators.zoho_desk.control import desk_routes as desk_control
from switchboard.simulators.zoho_desk.state import DeskState

_SALESIQ = VendorErrors(salesiq_errors.rate_limited, salesiq_errors.expired_token)
_RINGCENTRAL = VendorErrors(ringcentral_errors.rate_limited, ringcentral_errors.expired_token)
MOUNTS = (
    VendorMount("/ringcentral-media", "ringcentral", ringcentral_routes.media_routes, _RINGCENTRAL),
    VendorMount("/ringcentral", "ringcentral", ringcentral_routes.routes, _RINGCENTRAL),
    VendorMount(
        "/zoho-accounts",
        "zoho_accounts",
        accounts_routes.routes,
        VendorErrors(accounts_errors.rate_limited, accounts_errors.expired_token),
    ),
    VendorMount(
        "/zoho-crm",
        "zoho_crm",
        crm_routes.routes,
        VendorErrors(crm_errors.rate_limited, crm_errors.expired_token),
    ),
    VendorMount(
        "/zoho-desk",
        "zoho_desk",
        desk_routes.routes,
        VendorErrors(desk_errors.rate_limited, desk_errors.expired_token),
    ),
    VendorMount("/salesiq", "salesiq", salesiq_api.routes, _SALESIQ),
    VendorMount("/chat", "salesiq_widget", widget.routes, _SALESIQ),
)


def empty_world(spec: WorldSpec | None = None, *, clock: SimClock | None = None) -> World:
    """Return a world whose vendors know nobody yet."""
    world = World(spec, clock=clock)
    world.ringcentral = RingCentralState(world)
    world.accounts = AccountsState(world)
    world.crm = CrmState(world)
    world.desk = DeskState(world)
    world.mail = MailState(world)
    world.salesiq = Portal(SalesIqState(world))
    return world


def new_world(spec: WorldSpec | None = None, *, clock: SimClock | None = None) -> World:
    """Return a world with its scenario in place."""
    world = empty_world(spec, clock=clock)
    populate(world, world.spec.scenario, world.spec.calls, days=world.spec.days)
    return world


def simulators(spec: WorldSpec | None = None, *, mail_door: MailDoor | None = None) -> Starlette:
    """Return the ASGI application of all stand-ins; *mail_door* says where mail is taken."""

    def make(wanted: WorldSpec) -> World:
        world = new_world(wanted)
        world.mail.door = mail_door
        return world

    return create_app(make, MOUNTS, Control(_collections, add_calls), spec, more=_more)


def _more(stage: Stage) -> list[BaseRoute]:
    return [*mail_routes(stage), *desk_control(stage), *salesiq_routes(stage)]


def _collections(world: World, vendor: str) -> Collections | None:
    states: dict[str, Any] = {
        "ringcentral": world.ringcentral,
        "zoho_accounts": world.accounts,
        "zoho_crm": world.crm,
        "zoho_desk": world.desk,
        "mail": world.mail,
        "salesiq": world.salesiq,
    }
    state = states.get(vendor)
    return None if state is None else state.collections()
