"""Whether the promise holds: what the city says of itself, judged line by line, for whoever has five seconds."""
