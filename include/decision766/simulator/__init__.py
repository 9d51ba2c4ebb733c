"""Stand-in sources: a deterministic synthetic world and an HTTP server that speaks for it.

Nothing but tests and the command line may import this package. The world publishes scores of its
own, computed here from its true objects and never through the warehouse, so that reconciliation has
something honest to find.
"""
