"""What is recorded: every change that a person makes, and everything that gives access to what is not public."""

from enum import StrEnum


class Action(StrEnum):
    """Names of actions; once written they stay."""

    DISTRICT_ADDED = "district-added"
    ACCOUNT_ADDED = "account-added"
    ACCOUNT_ENDED = "account-ended"
    ROLES_CHANGED = "roles-changed"
    INVITED = "invited"
    INVITATION_TAKEN = "invitation-taken"
    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    SIGNED_OUT_EVERYWHERE = "signed-out-everywhere"
    SIGN_INS_SLOWED = "sign-ins-slowed"
    PASSWORD_SET = "password-set"
    PASSKEY_ADDED = "passkey-added"
    PASSKEY_REMOVED = "passkey-removed"
    PASSKEY_CLONED = "passkey-cloned"
    IDENTITY_LINKED = "identity-linked"
    KEY_MADE = "key-made"
    KEY_REVOKED = "key-revoked"
    REPORT_DELETED = "report-deleted"
