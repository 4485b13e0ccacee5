/** Situations of federation, each with a supergraph of its own: what has to come out, and what must not be fetched. */
import { givenFederation } from '../testing/federation.ts';

describe('keys', () => {
  const people = [{ id: '1', email: 'a@x', name: 'Ann' }, { id: '2', email: 'b@x', name: 'Bob' }]; // prettier-ignore

  test('a key of several fields, one of them an object', async () => {
    const federation = givenFederation({
      a: {
        sdl: 'type Query { seats: [Seat] } type Seat @key(fields: "row place { number }") { row: String! place: Place! } type Place { number: Int! }',
        resolvers: {
          Query: {
            seats: () => [
              { row: 'A', place: { number: 1 } },
              { row: 'B', place: { number: 1 } },
            ],
          },
        },
      },
      b: {
        sdl: 'type Seat @key(fields: "row place { number }") { row: String! place: Place! guest: String } type Place { number: Int! }'.replace(
          /type Place/g,
          'type Place',
        ),
        resolvers: {
          Seat: { guest: ({ row, place }: { row: string; place: { number: number } }) => `${row}${place.number}` },
        },
      },
    });
    expect(await federation.ask('{ seats { guest } }')).toEqual({
      data: { seats: [{ guest: 'A1' }, { guest: 'B1' }] },
    });
  });

  test('what the client calls like a key is not taken for it', async () => {
    const federation = givenFederation({
      a: {
        sdl: 'type Query { people: [Person] } type Person @key(fields: "id") { id: ID! name: String }',
        resolvers: { Query: { people: () => people } },
      },
      b: {
        sdl: 'type Person @key(fields: "id") { id: ID! email: String }',
        resolvers: {
          Person: { __resolveReference: ({ id }: { id: string }) => people.find((person) => person.id === id) },
        },
      },
    });
    expect(
      await federation.ask(
        '{ people { id: name, name: email, __typename: email } }'.replace(', __typename: email', ''),
      ),
    ).toEqual({
      data: {
        people: [
          { id: 'Ann', name: 'a@x' },
          { id: 'Bob', name: 'b@x' },
        ],
      },
    });
  });

  test('from one key to another through a subgraph that knows both', async () => {
    const federation = givenFederation({
      a: {
        sdl: 'type Query { people: [Person] } type Person @key(fields: "id") { id: ID! }',
        resolvers: { Query: { people: () => people } },
      },
      b: {
        sdl: 'type Person @key(fields: "id") @key(fields: "email") { id: ID! email: String! }',
        resolvers: {
          Person: { __resolveReference: ({ id }: { id: string }) => people.find((person) => person.id === id) },
        },
      },
      c: {
        sdl: 'type Person @key(fields: "email") { email: String! name: String }',
        resolvers: {
          Person: {
            __resolveReference: ({ email }: { email: string }) => people.find((person) => person.email === email),
          },
        },
      },
    });
    expect(await federation.ask('{ people { name } }')).toEqual({
      data: { people: [{ name: 'Ann' }, { name: 'Bob' }] },
    });
  });

  test('a key that a subgraph cannot resolve beside one that it can: fields are asked where they are', async () => {
    const federation = givenFederation({
      a: {
        sdl: `type Query { box: Box }
          type Box @key(fields: "id") { id: ID! parts: [Part!]! }
          type Part @key(fields: "id", resolvable: false) @key(fields: "id hidden { id }") { id: ID! hidden: Hidden! labelInA: String }
          type Hidden { id: ID! } `,
        resolvers: {
          Query: { box: () => ({ id: 'x' }) },
          Box: {
            parts: () => [{ id: '1' }],
            __resolveReference: ({ id }: { id: string }) => ({ id, parts: [{ id: '1' }] }),
          },
          Part: {
            hidden: () => ({ id: 'h1' }),
            labelInA: ({ id, hidden }: { id: string; hidden?: { id: string } }) => `${id}/${hidden?.id ?? 'none'}`,
          },
        },
      },
      b: {
        sdl: `type Part @key(fields: "id") { id: ID! hidden: Hidden! name: String } type Hidden { id: ID! } `,
        resolvers: {
          Part: {
            __resolveReference: ({ id }: { id: string }) => ({ id, name: `part ${id}`, hidden: { id: `h${id}` } }),
          },
        },
      },
    });
    const { data, errors } = await federation.ask('{ box { id parts { id name labelInA } } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({ box: { id: 'x', parts: [{ id: '1', name: 'part 1', labelInA: '1/none' }] } });
  });
});
