import Testing

/// One after the other: the sandbox's clock is hastened, and does not wait for what else would run.
@Suite(.serialized) enum AllTests {}
