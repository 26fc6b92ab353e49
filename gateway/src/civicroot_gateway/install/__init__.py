"""What stands around the gateway on its machine: the brokers' configuration, accounts, certificates."""
