"""What a circuit must be. Each module has `problems(circuit, …)`: sentences, none if all is well."""
