// From the catalogue to a receipt with graphql-sse: the address, tokens by name and the question, as JSON.
import { createClient } from 'graphql-sse';

const [url, given] = process.argv.slice(2);
const { tokens, item, resource, use, parameters, until } = JSON.parse(given);

async function ask(who, query, variables) {
  const headers = { authorization: `Bearer ${tokens[who]}` };
  const client = createClient({ url, headers, retryAttempts: 0 });
  for await (const result of client.iterate({ query, variables })) {
    client.dispose();
    if (result.errors) throw new Error(JSON.stringify(result.errors));
    return result.data;
  }
  throw new Error('no result');
}

const { resources } = await ask(
  'asker', 'query ($search: String) { resources(search: $search) { nodes { code title items { name } } } }',
  { search: '参保' },
);
const fields = ['idNumber', 'name', 'phone', 'state'].map((name) => ({ name, access: name === 'name' ? 'MASK' : 'SHOW' }));
const terms = { fields, items: [item], applications: ['console'], perDay: 10, validUntil: until };
const input = { idempotencyKey: 'walk', resource, terms, purpose: { text: '核验参保情况', basis: '条例' } };
let { request } = (
  await ask('asker', 'mutation ($input: RequestShareInput!) { requestShare(input: $input) { request { id version } } }', { input })
).requestShare;
let grant;
for (const [who, decision] of [['checker', 'TAKE_UP'], ['checker', 'PASS'], ['giver', 'APPROVE']]) {
  ({ request, grant } = (
    await ask(
      who,
      `mutation ($input: DecideShareRequestInput!) {
        decideShareRequest(input: $input) { request { id version state } grant { id version } }
      }`,
      { input: { id: request.id, decision, expectedVersion: request.version } },
    )
  ).decideShareRequest);
}
const query = `query ($use: ID!, $grant: ID!, $parameters: JSON!) {
  sharedRecords(use: $use, grant: $grant, parameters: $parameters) { records withheld { path } receipt }
}`;
const { sharedRecords } = await ask('asker', query, { use, grant: grant.id, parameters });
const { revokeGrant } = await ask(
  'giver', 'mutation ($input: RevokeGrantInput!) { revokeGrant(input: $input) { grant { revokedFor } } }',
  { input: { id: grant.id, reason: 'purpose-ended', expectedVersion: grant.version } },
);
let refused;
try {
  await ask('asker', query, { use, grant: grant.id, parameters });
} catch (error) {
  refused = JSON.parse(error.message)[0].extensions.code;
}
console.log(JSON.stringify({ resources: resources.nodes, state: request.state, sharedRecords, revokeGrant, refused }));
