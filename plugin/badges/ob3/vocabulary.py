"""The IRIs that the published contexts give to the terms we read, older published spellings included."""

from __future__ import annotations

from typing import Final

_CRED: Final = "https://www.w3.org/2018/credentials#"
_SEC: Final = "https://w3id.org/security#"
_OB: Final = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
_CLR: Final = "https://purl.imsglobal.org/spec/vc/clr/vocab.html#"
_STATUS: Final = "https://www.w3.org/ns/credentials/status#"
_LIST2021: Final = "https://w3id.org/vc/status-list#"
_SCHEMA: Final = ("https://schema.org/", "http://schema.org/")

Term = tuple[str, ...]


def _schema(name: str) -> Term:
    return tuple(prefix + name for prefix in _SCHEMA)


VERIFIABLE_CREDENTIAL: Final = _CRED + "VerifiableCredential"
VERIFIABLE_PRESENTATION: Final = _CRED + "VerifiablePresentation"
ENVELOPED: Final = _CRED + "EnvelopedVerifiableCredential"
#: the 1.0 to 3.0.x contexts write AchievementCredential as a relative spelling of OpenBadgeCredential
BADGE_TYPES: Final = frozenset({_OB + "OpenBadgeCredential", _OB + "AchievementCredential"})
ENDORSEMENT_TYPE: Final = _OB + "EndorsementCredential"
CLR_TYPE: Final = _CLR + "ClrCredential"
ACHIEVEMENT_SUBJECT: Final = _OB + "AchievementSubject"
ENDORSEMENT_SUBJECT: Final = _OB + "EndorsementSubject"
CLR_SUBJECT: Final = _CLR + "ClrSubject"
ACHIEVEMENT_TYPE: Final = _OB + "Achievement"

ISSUER: Term = (_CRED + "issuer",)
SUBJECT: Term = (_CRED + "credentialSubject",)
STATUS: Term = (_CRED + "credentialStatus",)
VALID_FROM: Term = (_CRED + "validFrom", _CRED + "issuanceDate", _CRED + "issued")
VALID_UNTIL: Term = (_CRED + "validUntil", _CRED + "expirationDate")
EVIDENCE: Term = (_CRED + "evidence",)
REFRESH: Term = (_CRED + "refreshService",)
REFRESH_TYPE: Final = "https://purl.imsglobal.org/spec/vccr/v1p0/context.json#1EdTechCredentialRefresh"
VERIFIABLE_MEMBERS: Term = (_CLR + "verifiableCredential", _CRED + "verifiableCredential")

NAME: Term = _schema("name")
DESCRIPTION: Term = _schema("description")
URL: Term = _schema("url")
EMAIL: Term = _schema("email")
KEYWORDS: Term = _schema("keywords")
ACHIEVEMENT: Term = (_OB + "achievement", _OB + "achievement-0", _OB + "Achievement")
CLR_ACHIEVEMENT: Term = (_CLR + "achievement",)
ACHIEVEMENT_KIND: Term = (_OB + "achievementType",)
CRITERIA: Term = (_OB + "Criteria", _OB + "criteria")
NARRATIVE: Term = (_OB + "narrative",)
IMAGE: Term = (_OB + "image", _OB + "Image", *_schema("image"))
ALIGNMENT: Term = (_OB + "alignment",)
TARGET_NAME: Term = _schema("targetName")
TARGET_URL: Term = _schema("targetUrl")
TARGET_FRAMEWORK: Term = _schema("targetFramework")
TARGET_DESCRIPTION: Term = _schema("targetDescription")
TARGET_CODE: Term = (_OB + "targetCode",)
TARGET_TYPE: Term = (_OB + "targetType",)
ENDORSEMENT: Term = (_OB + "endorsement",)
ENDORSEMENT_JWT: Term = (_OB + "endorsementJwt",)
#: terms under which whole credentials stand inside another one
EMBEDDED: Term = ENDORSEMENT + ENDORSEMENT_JWT + VERIFIABLE_MEMBERS
RESULT: Term = (_OB + "result",)
RESULT_DESCRIPTION: Term = (_OB + "resultDescription",)
RESULT_STATUS: Term = (_OB + "status",)
RESULT_TYPE: Term = (_OB + "resultType",)
RESULT_VALUE: Term = _schema("value")
ACHIEVED_LEVEL: Term = (_OB + "achievedLevel",)
LEVEL: Term = (_OB + "level",)
IDENTIFIER: Term = (_OB + "identifier", _OB + "identifier-1", _CLR + "identifier-1", _CLR + "identifier")
IDENTITY_HASH: Term = (_OB + "identityHash",)
IDENTITY_TYPE: Term = (_OB + "identityType",)
HASHED: Term = (_OB + "hashed",)
SALT: Term = (_OB + "salt",)

PROOF_PURPOSE: Term = (_SEC + "proofPurpose",)
VERIFICATION_METHOD: Term = (_SEC + "verificationMethod",)
CRYPTOSUITE: Term = (_SEC + "cryptosuite",)
PROOF_EXPIRES: Term = (_SEC + "expiration",)
PREVIOUS_PROOF: Term = (_SEC + "previousProof",)
ASSERTION_METHOD: Final = _SEC + "assertionMethod"
DATA_INTEGRITY_PROOF: Final = _SEC + "DataIntegrityProof"
ED25519_SIGNATURE_2020: Final = _SEC + "Ed25519Signature2020"

BITSTRING_ENTRY: Final = _STATUS + "BitstringStatusListEntry"
LIST2021_ENTRY: Final = _LIST2021 + "StatusList2021Entry"
REVOCATION_LIST_1EDTECH: Final = (
    "https://purl.imsglobal.org/spec/vcrl/v1p0/context.json#1EdTechRevocationList"
)
BITSTRING_LIST: Final = (_STATUS + "BitstringStatusListCredential", _STATUS + "BitstringStatusList")
LIST2021: Final = (_LIST2021 + "StatusList2021Credential", _LIST2021 + "StatusList2021")
STATUS_PURPOSE: Term = (_STATUS + "statusPurpose", _LIST2021 + "statusPurpose")
STATUS_INDEX: Term = (_STATUS + "statusListIndex", _LIST2021 + "statusListIndex")
STATUS_CREDENTIAL: Term = (_STATUS + "statusListCredential", _LIST2021 + "statusListCredential")
STATUS_SIZE: Term = (_STATUS + "statusSize",)
ENCODED_LIST: Term = (_STATUS + "encodedList", _LIST2021 + "encodedList")
