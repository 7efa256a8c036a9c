import { CommandHandler } from '@nestjs/cqrs';
import { type Handles } from '../../kernel/message.js';
import { SubmitJob } from '../domain/job.commands.js';
import { type Submitted } from '../domain/job.outcomes.js';
import { Admission } from './admission.js';

@CommandHandler(SubmitJob)
export class SubmitJobHandler implements Handles<SubmitJob> {
  constructor(private readonly admission: Admission) {}

  async execute(command: SubmitJob): Promise<Submitted> {
    const [answer] = await this.admission.submit([command]);
    if (answer === undefined) throw new TypeError('a job was submitted and none was answered');
    if (answer instanceof Error) throw answer;
    return answer;
  }
}
