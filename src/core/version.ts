/** The version of the gateway, as package.json has it: told to clients and to the broker. */
export const VERSION = '0.1.0';
