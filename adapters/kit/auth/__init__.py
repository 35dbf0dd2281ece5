"""Auth styles: how a call to a system proves who we are."""
