/** The four roles of a peer, by name: what a soft state, a status and a trace event tell of it. */
export type RoleName = "follower" | "pre-candidate" | "candidate" | "leader";
