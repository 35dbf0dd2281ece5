"""The GraphQL schema: types by topic, thin resolvers."""
