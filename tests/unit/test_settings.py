"""Settings: the city's file, and the defaults that hold on one machine alone."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.city_file import BadCityFile, read_cities, read_city
from shared.settings import ServiceSettings
from tests.cities import city_toml


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("SAMA_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A city's file, named by the environment."""
    path = city_toml(tmp_path / "city.toml", "ray")
    monkeypatch.setenv("SAMA_CITY_FILE", str(path))
    return path


def test_a_citys_file_gives_a_service_its_place(city: Path) -> None:
    settings = ServiceSettings(service="review")

    assert settings.city == "ray"
    assert settings.database == "city_ray_review"
    assert settings.amqp_url.endswith("/city-ray")
    assert settings.issuer == "https://ray.example/issuer"
    assert settings.jwks == str(city.parent / "jwks.json")
    assert settings.calendar == city.parent / "calendar.json"


def test_the_environment_wins_over_the_citys_file(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMA_MONGO_PREFIX", "other")
    monkeypatch.setenv("SAMA_ISSUER", "https://other.example")

    settings = ServiceSettings(service="review")

    assert (settings.database, settings.issuer) == ("other_review", "https://other.example")
    assert settings.rabbit_vhost == "city-ray"


def test_without_a_citys_file_nothing_changes() -> None:
    settings = ServiceSettings(service="review")

    assert (settings.city, settings.database) == (None, "sama_review")
    assert settings.amqp_url == settings.rabbit_url.get_secret_value()


@pytest.mark.usefixtures("city")
def test_a_broker_address_with_another_citys_virtual_host_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMA_RABBIT_URL", "amqp://ray-review:geheim@127.0.0.1/city-qom")

    with pytest.raises(ValidationError, match="city-qom, and the city's is city-ray") as refused:
        ServiceSettings(service="review")
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("id = 'ray'\nvhost = 3", "vhost: Input should be a valid string"),
        ("population = 3", "population: Extra inputs are not permitted"),
        ("id = ", "is no TOML"),
    ],
)
def test_a_wrong_city_file_says_what_and_where(tmp_path: Path, wrong: str, said: str) -> None:
    path = tmp_path / "city.toml"
    path.write_text(wrong)

    with pytest.raises(BadCityFile, match=said) as refused:
        read_city(path)
    assert str(path) in str(refused.value)


def test_a_city_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCityFile, match=r"nowhere\.toml cannot be read"):
        read_city(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("what", ["id", "vhost", "mongo_prefix", "issuer", "jwks"])
def test_two_cities_that_would_meet_are_refused(tmp_path: Path, what: str) -> None:
    one = city_toml(tmp_path / "a.toml", "ray")
    same = {what: read_city(one).model_dump()[what]}
    other = city_toml(tmp_path / "b.toml", "qom", **same)

    with pytest.raises(BadCityFile, match=f"the same {what}"):
        read_cities([one, other])
    assert [found.id for found in read_cities([one, city_toml(tmp_path / "c.toml", "qom")])] == ["ray", "qom"]


REFUSED = [
    ("SAMA_RABBIT_URL", "amqp://guest:guest@rabbitmq:5672/", "its guest"),
    ("SAMA_RABBIT_URL", "amqps://rabbitmq/", "its guest"),
    ("SAMA_RABBIT_MANAGEMENT_URL", "http://guest:guest@10.0.0.7:15672", "its guest"),
    ("SAMA_MONGO_URL", "mongodb://mongo:27017/?replicaSet=sama", "without a user"),
    ("SAMA_MONGO_URL", "mongodb://127.0.0.1:27017,db2:27017/", "without a user"),
    ("SAMA_MONGO_URL", "mongodb+srv://cluster.example/", "without a user"),
    ("SAMA_BIND", "192.0.2.7", "SAMA_ISSUER and SAMA_JWKS"),
]


@pytest.mark.parametrize(("name", "value", "why"), REFUSED)
def test_what_is_meant_for_one_machine_is_refused_outside_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError, match=why):
        ServiceSettings(service="review")


ACCEPTED = {
    "SAMA_RABBIT_URL": [
        "amqp://guest:guest@127.0.0.1/",
        "amqp://localhost/x",
        "amqp://[::1]/",
        "amqps://review:pw@rabbitmq/",
    ],
    "SAMA_MONGO_URL": [
        "mongodb://127.0.0.1:27017,[::1]:27018/",
        "mongodb://review:pw@mongo/?authSource=sama_review",
        "mongodb://mongo/?tls=true&authMechanism=MONGODB-X509",
    ],
    "SAMA_BIND": ["127.0.0.1", "::1", "localhost"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in ACCEPTED.items() for value in values])
def test_one_machine_and_users_of_ones_own_are_accepted(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    assert ServiceSettings(service="review")


def test_a_citys_own_issuer_may_be_offered_to_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMA_BIND", "192.0.2.7")
    monkeypatch.setenv("SAMA_ISSUER", "https://accounts.example.ir")

    assert ServiceSettings(service="review")
