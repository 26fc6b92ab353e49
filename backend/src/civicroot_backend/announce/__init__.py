"""What gateways are told, retained at the broker: enrolments, revocations, commands, and the newest checkpoint."""
