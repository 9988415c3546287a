"""One table of machine codes, so that every step has the same word, verdict and sentence wherever it is found."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.domain import BadgeVerdict
from plugin.errors import AdvisorError
from plugin.texts import N_, _, cut

LONGEST_DETAIL = 300


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
            "unreadable": N_("The file doesn't contain a readable badge."),
            "duplicate_keys": N_("The badge contains the same field twice, so two readers could see different badges."),
            "not_baked": N_("The image doesn't contain a badge."),
            "invalid_image": N_("The image file is damaged."),
            "not_a_credential": N_("This is not an Open Badge or a learner record."),
            "invalid_jsonld": N_("The badge is not well-formed linked data."),
            "no_vc_context": N_("The badge does not start with the context of verifiable credentials."),
            "inline_context": N_("The badge defines its own terms, which can hide what was signed."),
            "undefined_terms": N_("The badge contains fields that its signature can't protect."),
            "invalid_credential_id": N_("The badge's own identifier must be a web address or URN."),
            "invalid_structure": N_("The badge doesn't follow the rules of its format."),
            "invalid_date": N_("A date of the badge is not valid or has no time zone."),
            "no_proof": N_("The badge is neither signed nor hosted, so its origin can't be verified."),
            "invalid_signature": N_("The signature doesn't match the badge: the badge was changed or forged."),
            "invalid_key": N_("The key that the badge names is not a usable public key."),
            "algorithm_refused": N_("The badge is signed with a method that proves nothing."),
            "key_not_authorised": N_("The issuer does not list the key that signed this badge."),
            "issuer_mismatch": N_("The key that signed this badge does not belong to the named issuer."),
            "claims_mismatch": N_("The token around the badge contradicts the badge."),
            "hosted_mismatch": N_("The badge's address is outside what its issuer allows."),
            "hosted_differs": N_("The file differs from the issuer's own copy of the badge."),
            "hosted_id_mismatch": N_("The badge's address returns a badge with another identifier."),
            "expired": N_("The badge has expired."),
            "not_yet_valid": N_("The badge is dated in the future."),
            "expires_before_issued": N_("The badge's expiry date is before its issue date."),
            "revoked": N_("The issuer has revoked the badge."),
            "suspended": N_("The issuer has suspended the badge."),
            "recipient_mismatch": N_("The badge was issued to another person."),
            "endorsement_invalid": N_("The badge includes an endorsement that is forged or malformed."),
            "member_invalid": N_("A credential inside this learner record is not valid."),
        },
    ),
    **_table(
        BadgeVerdict.UNDETERMINED,  # a limit of ours stands here too: it is no fault of the badge
        {
            "too_large": N_("The badge is larger or more deeply nested than we read."),
            "work_limit": N_("The badge takes more effort to check than we allow."),
            "image_entities": N_("The image uses abbreviations (XML entities) that we don't read."),
            "unknown_context": N_("The badge uses unknown terms, so its signature can't be checked."),
            "unsupported_proof": N_("The badge is signed with a method that we can't check."),
            "partial_disclosure": N_("Only some of the badge was disclosed: an end date or a revocation may be missing."),
            "unsupported_key": N_("We can't check the issuer's type of key or identifier."),
            "did_web_unresolved": N_("The issuer's key could not be fetched."),
            "http_error_with_signature_check": N_("The signing key could not be fetched."),
            "hosted_unreachable": N_("The issuer's copy of the badge could not be fetched."),
            "document_unreachable": N_("A document that the badge needs could not be fetched."),
            "fetch_refused": N_("A document that the badge needs is at an address that we don't open."),
            "fetch_limit": N_("The badge needs more documents than allowed."),
            "status_list_not_found": N_("The revocation list could not be fetched."),
            "status_list_expired": N_("The revocation list is out of date."),
            "status_list_not_yet_valid": N_("The revocation list is dated in the future."),
            "status_list_signature_error": N_("The revocation list is not signed correctly."),
            "status_list_type_error": N_("The revocation list is of the wrong type."),
            "status_list_error": N_("The revocation list can't be read."),
            "status_unsupported": N_("The badge names a status check that we don't support."),
            "recipient_unknown": N_("The badge doesn't name its earner in a way that we can compare."),
            "member_undetermined": N_("A credential inside this learner record could not be checked."),
            "file_unreadable": N_("The file could not be opened."),
            "worker_unavailable": N_("The check could not be run."),
        },
    ),
    **_table(
        BadgeVerdict.VALID,
        {
            "key_self_asserted": N_("The key comes with the badge, not from the issuer's site: trust this key, not the name."),
            "not_a_badge": N_("The credential is signed correctly but doesn't award an achievement."),
            "recipient_missing": N_("The badge doesn't name its earner."),
            "subject_missing": N_("The token around the badge doesn't repeat the earner."),
            "result_not_achieved": N_("The badge records a result that is not an achievement."),
            "redirected_id": N_("A document came from a different address than the one it names."),
            "issuer_not_web": N_("The issuer's identifier is not a web address."),
            "upgraded": N_("The badge has an older format and was read as the current one."),
            "missing_type": N_("Some data of the badge doesn't name its type."),
            "endorsement_unverified": N_("An endorsement of the badge could not be confirmed and is left out."),
            "refresh_unavailable": N_("The issuer offers a newer copy of the badge that could not be fetched."),
            "image_unreachable": N_("The badge's image could not be fetched."),
        },
    ),
}  # fmt: skip


class BadgeProblem(AdvisorError):
    """A check did not pass. ``code`` is a key of ``CODES``; the text may quote the badge and is untrusted."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or _(CODES[code].sentence), code=code)
        self.detail = cut(detail, LONGEST_DETAIL)

    @property
    def outcome(self) -> BadgeVerdict:
        return CODES[self.code].outcome
