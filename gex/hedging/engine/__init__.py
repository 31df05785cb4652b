"""The adaptive hedger: `decide(inputs, config, state) -> (decision, state)`, pure and replayable, and what it is made of."""
