import { type ServerInterceptor, ServerInterceptingCall } from '@grpc/grpc-js';
import { accessDenied, unauthenticated } from './refusals.js';

interface User {
  readonly user: string;
  readonly password: string;
}

const openToAll = /\/(GetSupportedMethods|Read)$/;

/** Turns every call away that is not made by this user; what servers offer and who is in the cluster is for everybody. */
export const onlyFor = ({ user, password }: User): ServerInterceptor => {
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return (method, call) =>
    new ServerInterceptingCall(call, {
      start(next) {
        next({
          onReceiveMetadata(metadata, proceed) {
            const isPublic = openToAll.test(method.path) && !method.path.includes('Streams');
            const [given] = metadata.get('authorization');
            if (isPublic || given === expected) {
              proceed(metadata);
              return;
            }
            // Without a user the call is anonymous, and merely has no right.
            const { code, details, metadata: trailers } = given === undefined ? accessDenied() : unauthenticated();
            call.sendStatus({ code, details, metadata: trailers });
          },
        });
      },
    });
};
