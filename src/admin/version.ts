/** The release this is; a test holds it to package.json, which is not shipped beside every copy of the program. */
export const version = '0.1.0';
