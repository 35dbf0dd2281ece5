// Subscribes with graphql-ws: url, the payload of connection_init as JSON; prints a line of JSON for each result.
// After the first result it ends the subscription, is thrown out, and comes back by itself.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, connectionParams] = process.argv.slice(2);
const say = (line) => console.log(JSON.stringify(line));
let socket;
const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: JSON.parse(connectionParams),
  retryWait: async () => {},
  on: { opened: (opened) => (socket = opened), closed: (event) => say({ closed: event.code }) },
});
const query = 'subscription { systemHealth { system { code } from to } }';

for await (const result of client.iterate({ query: '{ viewer { application { code } } }' })) say({ query: result });
try {
  for await (const _ of client.iterate({ query: '{ nothing }' }));
} catch (errors) {
  say({ refused: errors });
}
let seen = 0;
for await (const result of client.iterate({ query })) {
  say({ result });
  if (++seen === 2) break;
  socket.terminate();
}
await client.dispose();
