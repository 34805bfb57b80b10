// The client of etcd for Node.js, an optional rival: it is loaded when it is used.
import type { Etcd3 } from "etcd3";

export async function connectEtcd(url: string): Promise<Etcd3> {
  const library = await import("etcd3");
  return new library.Etcd3({ hosts: url });
}
