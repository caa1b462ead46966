declare module "land:" {
  /** The address of the outline of the land, relative to the script. */
  const address: string;
  export default address;
}
declare module "coast:" {
  /** The address of the same with more of the coast, for whoever looks closer. */
  const address: string;
  export default address;
}
