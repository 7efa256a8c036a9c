/** All answers in their order, or the first error of them once every one has ended, so that none goes on unseen. */
export async function allOrFirstError<Answers extends readonly Promise<unknown>[]>(
  answers: readonly [...Answers],
): Promise<{ [Index in keyof Answers]: Awaited<Answers[Index]> }> {
  await Promise.allSettled(answers);
  return await Promise.all(answers);
}
