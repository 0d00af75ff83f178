"""City files for tests."""

from pathlib import Path

NAMES = {"ray": ("ری", "Ray"), "qom": ("قم", "Qom")}


def city_toml(path: Path, name: str, **changed: str) -> Path:
    """Write a city's file; return its path."""
    lines = {
        "id": name,
        "vhost": f"city-{name}",
        "mongo_prefix": f"city_{name}",
        "issuer": f"https://{name}.example/issuer",
        "jwks": "jwks.json" if name == "ray" else f"jwks-{name}.json",
        "calendar": "calendar.json",
    } | changed
    fa, en = NAMES[name]
    text = "".join(f'{key} = "{value}"\n' for key, value in lines.items())
    path.write_text(f'{text}\n[names]\nfa = "{fa}"\nen = "{en}"\n', "utf-8")
    return path
