"""Writes rendered.jsonl again, as the ansible-core that this runs under renders it.

    python3 test/engine/playbook/template/rendered.py test/engine/playbook/template/rendered.jsonl

The first line holds the variables; every other one an expression, its value, and what it prints inside a text.
"""

import json
import sys

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template


def trusted(value):
    if isinstance(value, str):
        return trust_as_template(value)
    if isinstance(value, list):
        return [trusted(item) for item in value]
    if isinstance(value, dict):
        return {trusted(key): trusted(item) for key, item in value.items()}
    return value


def plain(value):
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value if value is None or isinstance(value, (bool, int)) else str(value)


def rendered(template, variables):
    try:
        return plain(Templar(loader=DataLoader(), variables=trusted(variables)).template(trust_as_template(template)))
    except Exception:
        return {"fails": True}


init_plugin_loader()
path = sys.argv[1]
with open(path) as file:
    variables, *cases = [json.loads(line) for line in file]
with open(path, "w") as file:
    print(json.dumps(variables, ensure_ascii=False), file=file)
    for template, *_ in cases:
        case = [template, rendered(template, variables), rendered(f"x{template}y", variables)]
        print(json.dumps(case, ensure_ascii=False), file=file)
