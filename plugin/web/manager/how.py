"""How recommendations are made, in plain words with the figures of the policy and the model that are in use."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from plugin.services.decision import method_facts
from plugin.web import auth
from plugin.web.manager import method_words
from plugin.web.manager.blueprint import blueprint
from plugin.web.pages import ANY_ROLE
from plugin.web.security import core


@blueprint.get("/how")
@auth.requires(*ANY_ROLE)
def how() -> ResponseReturnValue:
    facts = method_facts.current(core())
    return render_template("manager/how.html", facts=facts, words=method_words)
