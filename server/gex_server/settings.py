"""What a server is told: by arguments, else by the environment (GEX_PORT=50051), else these defaults. Checked at start."""

import ipaddress
import os

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gex_server.wire.chain import ChainLimits

MEBIBYTE = 1 << 20


def available_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Settings(BaseSettings):
    """Settings of one server process."""

    model_config = SettingsConfigDict(env_prefix="GEX_", frozen=True)

    host: str = Field(default="127.0.0.1", description="Address to listen on; loopback unless allow_insecure_bind.")
    port: int = Field(default=50051, ge=0, le=65_535, description="Port; 0 lets the system choose one.")
    allow_insecure_bind: bool = Field(
        default=False, description="Listen beyond loopback although nothing is encrypted."
    )
    cores: int = Field(default_factory=available_cores, ge=1, le=1024, description="Threads for kernels.")
    waiting_limit: int = Field(default=256, ge=1, description="Kernels in work or waiting before calls are shed.")
    longest_wait_seconds: float = Field(
        default=0.05, gt=0.0, description="Once the first in the queue has waited so long, further work is shed."
    )
    inline_rows: int = Field(default=0, ge=0, description="Chains up to so many rows are computed without a thread.")
    max_message_mebibytes: int = Field(default=128, ge=1, le=1024, description="Largest request or response.")
    max_rows: int = Field(default=100_000, ge=1, description="Most rows of a chain.")
    max_expiries: int = Field(default=1_000, ge=1, description="Most expiries of a chain.")
    max_underlyings: int = Field(default=10_000, ge=1, description="Most chains kept.")
    max_watches: int = Field(default=64, ge=1, description="Most watches on one stream.")
    max_calls: int = Field(default=2_000, ge=1, description="Most calls at once, streams included; a backstop.")
    cached_answers: int = Field(default=128, ge=1, description="Answers and analyses remembered.")
    default_deadline_seconds: float = Field(default=30.0, gt=0.0, description="For unary calls without a deadline.")
    heartbeat_seconds: float = Field(default=15.0, gt=0.0, description="Silence on a watch before a heartbeat.")
    drain_delay_seconds: float = Field(default=0.5, ge=0.0, description="From NOT_SERVING to refusing new calls.")
    grace_seconds: float = Field(default=30.0, ge=0.0, description="For calls in work when the server stops.")

    @model_validator(mode="after")
    def _refuse_open_bind(self) -> "Settings":
        if not self.allow_insecure_bind and not is_loopback(self.host):
            raise ValueError(
                f"host: expected a loopback address, got {self.host!r}; nothing is encrypted here, so listening elsewhere "
                "needs allow_insecure_bind (GEX_ALLOW_INSECURE_BIND=true)"
            )
        return self

    @property
    def chain_limits(self) -> ChainLimits:
        """How large a chain may be."""
        return ChainLimits(rows=self.max_rows, expiries=self.max_expiries)

    @property
    def address(self) -> str:
        """Host and port as gRPC writes them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_loopback(host: str) -> bool:
    """True for names and addresses that only this machine reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
