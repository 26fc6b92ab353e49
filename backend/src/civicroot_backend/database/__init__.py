"""The relational database: tables, migrations, connections. SQLite by default, PostgreSQL by URL."""
