"""One table of machine codes, so that every step has the same word, verdict and sentence wherever it is found."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.domain import BadgeVerdict
from plugin.errors import AdvisorError


@dataclass(frozen=True)
class Code:
    """What a code does to the verdict (``VALID`` means: a remark only) and the sentence that a person reads."""

    outcome: BadgeVerdict
    sentence: str


def _table(outcome: BadgeVerdict, rows: dict[str, str]) -> dict[str, Code]:
    return {code: Code(outcome, sentence) for code, sentence in rows.items()}


CODES: dict[str, Code] = {
    **_table(
        BadgeVerdict.INVALID,
        {
            "unreadable": "The file holds no badge that can be read.",
            "too_large": "The badge is larger or deeper than a badge may be.",
            "duplicate_keys": "The badge states the same field twice, so two readers could see different badges.",
            "not_baked": "The picture holds no badge.",
            "invalid_image": "The picture file is damaged.",
            "not_a_credential": "This is not an Open Badge or a learner record.",
            "invalid_jsonld": "The badge is not well-formed linked data.",
            "no_vc_context": "The badge does not start with the context of verifiable credentials.",
            "inline_context": "The badge brings its own definitions of terms, which can hide what was signed.",
            "undefined_terms": "The badge holds fields that its signature cannot protect.",
            "work_limit": "The badge is built in a way that would take an unreasonable effort to check.",
            "invalid_credential_id": "The badge's own identifier is not a web address or URN.",
            "invalid_structure": "The badge breaks the rules of its format.",
            "invalid_date": "A date of the badge is missing its time zone or is no date.",
            "no_proof": "The badge is not signed and not hosted, so anybody could have written it.",
            "invalid_signature": "The signature does not fit the badge: it was changed or forged.",
            "invalid_key": "The key that the badge names is not a usable public key.",
            "algorithm_refused": "The badge is signed with a method that does not prove anything.",
            "key_not_authorised": "The issuer does not list the key that signed this badge.",
            "issuer_mismatch": "The key that signed this badge does not belong to the issuer it names.",
            "claims_mismatch": "The token around the badge contradicts the badge.",
            "hosted_mismatch": "The address of the badge is outside what its issuer allows.",
            "hosted_differs": "The file says something else than the issuer's own copy of the badge.",
            "hosted_id_mismatch": "The address of the badge gives a badge with another identifier.",
            "expired": "The badge has expired.",
            "not_yet_valid": "The badge is dated in the future.",
            "expires_before_issued": "The badge expires before it was issued.",
            "revoked": "The issuer has withdrawn the badge.",
            "suspended": "The issuer has suspended the badge for now.",
            "recipient_mismatch": "The badge was issued to somebody else.",
            "endorsement_invalid": "The badge carries an endorsement that is forged or malformed.",
            "member_invalid": "A credential inside this learner record is not valid.",
        },
    ),
    **_table(
        BadgeVerdict.UNDETERMINED,
        {
            "unknown_context": "The badge uses terms that we do not know, so its signature cannot be checked.",
            "unsupported_proof": "The badge is signed with a method that we cannot check.",
            "partial_disclosure": "The badge was shown in part: an end date or a withdrawal could have been left out.",
            "unsupported_key": "The issuer's kind of key or identifier is not one that we can check.",
            "did_web_unresolved": "The issuer's key could not be fetched.",
            "http_error_with_signature_check": "The signing key could not be fetched.",
            "hosted_unreachable": "The issuer's copy of the badge could not be fetched.",
            "document_unreachable": "A document that the badge needs could not be fetched.",
            "fetch_refused": "A document that the badge needs lies at an address that we do not open.",
            "fetch_limit": "The badge needs more documents than a badge may need.",
            "status_list_not_found": "The list of withdrawn badges could not be fetched.",
            "status_list_expired": "The list of withdrawn badges is out of date.",
            "status_list_not_yet_valid": "The list of withdrawn badges is dated in the future.",
            "status_list_signature_error": "The list of withdrawn badges is not signed correctly.",
            "status_list_type_error": "The list of withdrawn badges is not of the right kind.",
            "status_list_error": "The list of withdrawn badges cannot be read.",
            "status_unsupported": "The badge names a way to ask for its status that we cannot use.",
            "recipient_unknown": "The badge does not say in a way that we can compare to whom it was issued.",
            "member_undetermined": "A credential inside this learner record could not be checked.",
            "file_unreadable": "The file could not be opened.",
            "worker_unavailable": "The checking process could not run.",
        },
    ),
    **_table(
        BadgeVerdict.VALID,
        {
            "key_self_asserted": "The key comes with the badge and not from the issuer's site: trust this key, not the name.",
            "not_a_badge": "The credential is signed correctly but awards no achievement.",
            "recipient_missing": "The badge does not say to whom it was issued.",
            "subject_missing": "The token around the badge does not repeat to whom it was issued.",
            "result_not_achieved": "The badge records a result that is not an achievement.",
            "redirected_id": "A document came from another address than the one that it names.",
            "issuer_not_web": "The issuer's identifier is no web address.",
            "upgraded": "The badge is of an older format and was read as the current one.",
            "missing_type": "A part of the badge does not name its kind.",
            "endorsement_unverified": "An endorsement of the badge could not be confirmed and is left out.",
            "refresh_unavailable": "The issuer offers a newer copy of the badge that could not be fetched.",
            "image_unreachable": "The badge's picture could not be fetched.",
        },
    ),
}  # fmt: skip


class BadgeProblem(AdvisorError):
    """A check did not pass. ``code`` is a key of ``CODES``; the text may quote the badge and is untrusted."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or CODES[code].sentence, code=code)
        self.detail = detail[:300]

    @property
    def outcome(self) -> BadgeVerdict:
        return CODES[self.code].outcome
