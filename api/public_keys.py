"""The public keys that releases are signed with; the secret ones are never read here."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.conditional import reply
from api.deps import Given
from api.schemas import PublicKeys, to_json
from store.releases.public_keys import read_public

router = APIRouter(tags=["sets"])


@router.get("/v1/keys", responses={200: {"model": PublicKeys}})
def public_keys(request: Request, given: Given) -> Response:
    """Tell which key signs releases now, and the endorsements that lead to it from earlier ones."""
    line = read_public(given.settings.keys_dir)
    told = {"public_key": line.newest, "key_history": line.as_json()}
    return reply(request, lambda: to_json(PublicKeys.model_validate(told)))
