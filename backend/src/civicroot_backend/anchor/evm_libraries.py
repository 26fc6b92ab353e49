"""web3.py and eth-account, imported so that the rest of the process stays as it is.

py_ecc, which both bring, raises Python's limit of recursion to 100,000 when it is imported. Under that limit a JSON
document of nested brackets, which anybody can post to the API, ends the process with a segmentation fault instead of a
RecursionError. Nothing here needs py_ecc, which is for the signatures of Ethereum's validators. Import them from here.
"""

import sys

_LIMIT = sys.getrecursionlimit()
try:
    from eth_account import Account
    from eth_account.signers.local import LocalAccount
    from web3 import Web3
    from web3.exceptions import ContractLogicError, TransactionNotFound, Web3Exception, Web3RPCError
    from web3.types import BlockIdentifier, RPCEndpoint, TxParams
finally:
    sys.setrecursionlimit(_LIMIT)

__all__ = [
    "Account",
    "BlockIdentifier",
    "ContractLogicError",
    "LocalAccount",
    "RPCEndpoint",
    "TransactionNotFound",
    "TxParams",
    "Web3",
    "Web3Exception",
    "Web3RPCError",
]
