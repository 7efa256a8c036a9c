/** Whether an `If-None-Match` names a tag: a list of tags or `*`; by RFC 9110 weak ones compare by their content. */
export function namesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const content = opaque(tag);
  return header.split(',').some((each) => each.trim() === '*' || opaque(each) === content);
}

const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');
