"""What is done while fewer witnesses than the quorum have cosigned (`below_quorum` of the configuration)."""

WAIT = "wait"  # nothing is published; they are asked again
PUBLISH = "publish"  # what there is is published, says so, and is raised to the quorum later
