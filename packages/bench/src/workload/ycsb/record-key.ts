// Keys of records: hashed, so that neighbours in age are no neighbours in the key space.
const FNV_OFFSET = 0xcbf2_9ce4_8422_2325n;
const FNV_PRIME = 0x100_0000_01b3n;
const LOW_64 = 0xffff_ffff_ffff_ffffn;

/** FNV-1a over the eight bytes of a number, least significant first. */
export function fnvHash64(number: number): bigint {
  let hash = FNV_OFFSET;
  let rest = BigInt(number);
  for (let byte = 0; byte < 8; byte += 1) {
    hash = ((hash ^ (rest & 0xffn)) * FNV_PRIME) & LOW_64;
    rest >>= 8n;
  }
  return hash;
}

/** Of the record that was inserted as number `number`, from 0: `user` and 20 digits. */
export function recordKey(number: number): string {
  return `user${fnvHash64(number).toString().padStart(20, "0")}`;
}
