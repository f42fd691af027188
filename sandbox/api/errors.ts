import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error as the API tells it: the envelope of the contract, §1.12. */
export class ApiError extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: number;
  readonly slug: string;
  readonly errors: readonly string[] | undefined;

  constructor(
    status: ContentfulStatusCode,
    code: number,
    slug: string,
    message: string,
    errors?: readonly string[],
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.slug = slug;
    this.errors = errors;
  }

  toBody(requestId: string) {
    const { message, code, slug, status, errors } = this;
    return {
      error: { message, code, slug, status, request_id: requestId, ...(errors && { errors }) },
    };
  }
}

export function badRequest(message: string, errors?: readonly string[]): ApiError {
  return new ApiError(400, 600, 'ConnectedAccount_BadRequest', message, errors);
}

export function accountNotFound(id: string): ApiError {
  const message = `Connected account "${id}" not found`;
  return new ApiError(404, 606, 'ConnectedAccount_ResourceNotFound', message);
}

// The contract gives no code or slug for what follows; those of the rest are in its manner.

export function authConfigNotFound(): ApiError {
  return new ApiError(404, 607, 'AuthConfig_ResourceNotFound', 'Auth config not found');
}

export function unauthorized(message: string): ApiError {
  return new ApiError(401, 10_401, 'HTTP_Unauthorized', message);
}

export function routeNotFound(): ApiError {
  return new ApiError(404, 10_404, 'HTTP_NotFound', 'There is no such endpoint');
}

export function internal(): ApiError {
  return new ApiError(500, 10_500, 'HTTP_InternalServerError', 'Something went wrong');
}
