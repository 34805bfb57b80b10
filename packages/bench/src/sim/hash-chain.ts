// The hashes of seeds in their order, each taking in what came before: equal for equal campaigns.

export function chainHash(before: string, hash: string): string {
  const sum = BigInt(`0x0${before}`) * 0x100_0000_01b3n + BigInt(`0x${hash}`);
  return BigInt.asUintN(64, sum).toString(16).padStart(16, "0");
}
