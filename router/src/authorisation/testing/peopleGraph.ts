/** A small graph of people, in which some of what is told of them is guarded. */
export const sdl = `
  type Query {
    open: String @tag(name: "public")
    fails: String @tag(name: "public")
    secret: String @requiresScopes(scopes: [["user:read"]])
    must: String! @requiresScopes(scopes: [["user:read"]])
    me: Person @authenticated
    always: Person! @authenticated
    nobody: Person @authenticated
    people: [Person] @authenticated
    full: [Person!] @authenticated
    all: [Person!]! @authenticated
    grid: [[Person!]]! @authenticated
  }
  type Person {
    name: String
    email: String @requiresScopes(scopes: [["user:read", "target:read"], ["audit:read"]])
    phone: String! @requiresScopes(scopes: [["user:read"]])
    friend: Person
    best: Person!
    friends: [Person!]
    broken: String
  }
  type Mutation {
    open: Person @tag(name: "public")
    write: String @requiresScopes(scopes: [["user:write"]])
    erase: String! @requiresScopes(scopes: [["user:write"]])
  }
  type Subscription { person: Person @requiresScopes(scopes: [["user:read"]]), open: Person @tag(name: "public") }
`;
const fail = (): never => {
  throw new Error('out of order');
};
const bob = { name: 'Bob', email: 'bob@x', phone: '2', broken: fail };
export const ann = {
  name: 'Ann',
  email: 'ann@x',
  phone: '1',
  friend: bob,
  best: bob,
  friends: [bob, bob],
  broken: fail,
};
export const graph = {
  open: 'open',
  fails: fail,
  secret: 's',
  must: 'm',
  me: ann,
  always: ann,
  nobody: null,
  people: [ann, null, bob],
  full: [ann, bob],
  all: [ann, bob],
  grid: [[ann], null, [bob, ann]],
};
