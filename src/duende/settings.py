"""Where duende runs: what the environment says, as `DUENDE_*`.

How a voice learns is not here but in a recipe. Functions receive values, not this object.
"""

from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from duende.errors import SettingsError
from duende.ports import address

Tracking = Literal["file", "mlflow"]
"""Where a training run is written down as it goes."""


class Settings(BaseSettings):
    """The settings, each with its default; `duende doctor` prints those in force."""

    model_config = SettingsConfigDict(env_prefix="DUENDE_", extra="ignore")

    base: str = ""
    """A GGUF file, or `hf://owner/name/file.gguf`; empty for the embedded base."""
    base_sha256: str = ""
    """What that file must hash to; empty for no check."""
    cache: Path = Field(default_factory=lambda: user_cache_path("duende"))
    """Where the embedded base is kept."""
    voices: Path = Field(default_factory=lambda: user_data_path("duende") / "voices")
    """A folder with a folder for each voice of your own."""
    engine: Literal["llamacpp", "echo"] = "llamacpp"
    """What writes: llama.cpp, or `echo`, which has no model."""
    threads: int = Field(default=0, ge=0, le=256)
    """Threads that compute; 0 for one a processor."""
    slots: int = Field(default=8, ge=1, le=64)
    """How many poems are written at once."""
    patience: float = Field(default=60, gt=0, le=3600)
    """Seconds that a poem may take; after them it ends with the lines that stand."""
    queue: int = Field(default=16, ge=0, le=10_000)
    """How many requests may wait for a slot; past it the answer is 503."""
    wait: float = Field(default=60, gt=0, le=3600)
    """Seconds that a request may wait for a slot; after them the answer is 503."""
    rate: str = ""
    """How often one reader may ask, as `10/minute; 100/hour`; past it the answer is 429."""
    at_once: int = Field(default=0, ge=0, le=1000)
    """How many poems one reader may have written at once; 0 for no bound."""
    proxies: str = "127.0.0.1,::1"
    """Addresses and networks that are believed when they say for whom they ask."""
    cors: str = ""
    """Origins whose pages may ask the API from a browser, with commas; empty for none."""
    seeded_alone: bool = False
    """Whether a poem with a seed of its own is written in a lane apart, so that it comes back."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    """Where the API listens."""
    page_port: int = Field(default=8501, ge=1, le=65535)
    """Where the page listens."""
    page_hosts: str = ""
    """Names that the page may be asked under, with commas; empty for any."""
    api: str = ""
    """Where the page finds the API; empty for `http://HOST:PORT`."""

    log: Literal["text", "json"] = "text"
    """How the API's log is written: for people, or a line of JSON an event."""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    """Where the API's figures can be read, as Prometheus reads them; 0 for nowhere."""
    contact: str = ""
    """An e-mail or a page, told to the sites that poems are fetched from."""
    tracking: Tracking = "file"
    """Where training runs are written down: a file in their folder, or MLflow."""

    @field_validator("proxies")
    @classmethod
    def _networks(cls, proxies: str) -> str:
        for each in filter(None, map(str.strip, proxies.split(","))):
            ip_network(each)  # raises ValueError with a sentence
        return proxies

    @property
    def api_address(self) -> str:
        """The address of the API as the page calls it."""
        return self.api.rstrip("/") or address(self.host, self.port)


def read_settings(**given: Any) -> Settings:
    """The settings of the environment, with what is given (and not None) in their place.

    Raises `SettingsError` that names the variable.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        variable = f"DUENDE_{'_'.join(map(str, first['loc']))}".upper()
        raise SettingsError(f"{variable} makes no sense: {first['msg']}.") from error
