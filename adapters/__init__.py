"""Legacy systems behind the gateway: the kit that speaks to them, their manifests, and a sandbox that imitates them."""
