"""One seeded synthetic world: who lives there, what was issued to them, and what each library believes of it."""
