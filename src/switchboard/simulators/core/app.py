"""One ASGI application: the vendors' mounts and the control door /_sim."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from switchboard.simulators.core.control import Control, ControlDoor
from switchboard.simulators.core.stage import Stage, VendorMount
from switchboard.simulators.core.world import World, WorldSpec


def create_app(
    factory: Callable[[WorldSpec], World],
    mounts: Sequence[VendorMount],
    control: Control,
    spec: WorldSpec | None = None,
    *,
    more: Callable[[Stage], Sequence[BaseRoute]] = lambda _: (),
) -> Starlette:
    """Return the application; its current world is `app.state.stage.world`.

    *more* adds routes of single vendors to the control door.
    """
    stage = Stage(factory, mounts, spec or WorldSpec())
    door = ControlDoor(stage, control)
    routes = [*door.routes(), *more(stage)]
    app = Starlette(routes=[Mount("/_sim", routes=routes), Mount("/", app=stage)])
    app.state.stage = stage
    return app
