"""Hold the current world behind its routes; a reset replaces both at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.routing import BaseRoute, Mount, Router
from starlette.types import Receive, Scope, Send

from switchboard.simulators.core.door import Door, VendorErrors
from switchboard.simulators.core.world import World, WorldSpec


@dataclass(frozen=True, slots=True)
class VendorMount:
    """One vendor's place in the application."""

    prefix: str
    vendor: str
    routes: Callable[[World], Sequence[BaseRoute]]
    errors: VendorErrors


class Stage:
    """The ASGI application of the vendors alone."""

    def __init__(
        self, factory: Callable[[WorldSpec], World], mounts: Sequence[VendorMount], spec: WorldSpec
    ) -> None:
        self._factory, self._mounts = factory, mounts
        self.reset(spec)

    def reset(self, spec: WorldSpec) -> None:
        self.world = self._factory(spec)
        self.spec = spec
        self._router = Router([self._mount(mount) for mount in self._mounts])

    def _mount(self, mount: VendorMount) -> Mount:
        inner = Router(mount.routes(self.world))
        door = Door(inner, world=self.world, vendor=mount.vendor, errors=mount.errors)
        return Mount(mount.prefix, app=door)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(scope, receive, send)
