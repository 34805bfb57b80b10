import { type Environment, MemoryDisk, Sfc32 } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { ClusterClients } from "./cluster-clients.ts";

function noCluster() {
  const forks: string[] = [];
  const fork = (name: string): Sfc32 => {
    forks.push(name);
    return new Sfc32(1);
  };
  const clock = { nowMs: () => 0, wallMs: () => 0 };
  const ask = () => Promise.reject(new Error("there is nobody"));
  const clients = new ClusterClients({
    system: { outsider: () => ({ ask }) },
    environment: { clock, random: { fork }, disk: new MemoryDisk() } as unknown as Environment,
    pd: () => undefined,
    gatesOf: () => undefined,
  });
  return { clients, forks };
}

test("a client that is closed is kept no longer, and the next one draws of its own", () => {
  const { clients, forks } = noCluster();
  const first = clients.make();
  for (let made = 0; made < 10; made += 1) clients.make().close();
  expect(clients.count).toBe(1);
  first.close();
  first.close();
  expect(clients.count).toBe(0);
  expect(new Set(forks).size).toBe(11);
});

test("all that are open end with their cluster", async () => {
  const { clients } = noCluster();
  const open = [clients.make(), clients.make()];
  clients.close();
  expect(clients.count).toBe(0);
  for (const client of open)
    await expect(client.get("a")).rejects.toMatchObject({ code: "ERR_MULTIRAFT_CLIENT_CLOSED" });
});
