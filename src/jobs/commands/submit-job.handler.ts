import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { SubmitJob } from '../domain/job.commands.js';
import { Admission } from './admission.js';
import { type Submitted } from './submitted.js';

@CommandHandler(SubmitJob)
export class SubmitJobHandler implements ICommandHandler<SubmitJob> {
  constructor(private readonly admission: Admission) {}

  async execute(command: SubmitJob): Promise<Submitted> {
    const [answer] = await this.admission.submit([command]);
    if (answer === undefined) throw new TypeError('a job was submitted and none was answered');
    if (answer instanceof Error) throw answer;
    return answer;
  }
}
