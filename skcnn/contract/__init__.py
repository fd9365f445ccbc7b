"""What all estimators around a network do: the contract that each of them fills in."""
