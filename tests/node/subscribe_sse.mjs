// Subscribes with graphql-sse: url, headers as JSON, "single" or "distinct"; prints a line of JSON for each result.
// After the first result it asks something else, ends the subscription, and subscribes once more.
import { createClient } from 'graphql-sse';

const [url, headers, mode] = process.argv.slice(2);
const client = createClient({ url, headers: JSON.parse(headers), singleConnection: mode === 'single', retryAttempts: 0 });
const query = 'subscription { systemHealth { system { code } from to } }';
const say = (line) => console.log(JSON.stringify(line));

for (const round of ['first', 'second']) {
  for await (const result of client.iterate({ query })) {
    say({ [round]: result });
    break;
  }
}
for await (const result of client.iterate({ query: '{ viewer { application { code } } }' })) say({ query: result });
for await (const result of client.iterate({ query: '{ nothing }' })) say({ refused: result });
client.dispose();
