"""A raise cycle from its set-up to its changes: snapshot, policy, pools, exceptions, replay."""
