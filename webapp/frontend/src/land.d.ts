declare module "land:" {
  /** The address of the outline of the land, relative to the script. */
  const address: string;
  export default address;
}
