"""Errors of the gateway. What others send wrong is a WireError with its reason (SPEC.md §9), not one of these.

GatewayError              the gateway cannot start or go on; its text is for the operator
├── ConfigError           the configuration file
├── InstallError          the broker's folder: settings, accounts, certificates
├── KeyFileError          the key file
└── SpoolError            the spool: missing, of another gateway, of a newer version
    └── SpoolFault        the disk under an open spool fails; it may take writes again later
"""


class GatewayError(Exception):
    """The gateway cannot start or go on."""


class ConfigError(GatewayError):
    """The configuration, or the policy file it names, cannot be used."""


class InstallError(GatewayError):
    """The broker's settings, accounts or certificates are missing, wrong, or not to be replaced."""


class KeyFileError(GatewayError):
    """The key file is missing, exists already, is readable by others, or is not a key."""


class SpoolError(GatewayError):
    """The spool is missing, belongs to another gateway, is in use, or was written by a newer version."""


class SpoolFault(SpoolError):
    """The disk did not take or give what is spooled. Nothing of the group is durable; the spool can be used again."""
