import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error in the API's envelope (contract, §1.12). */
export class ApiError extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: number;
  readonly slug: string;
  readonly errors: readonly string[] | undefined;
  readonly suggestedFix: string | undefined;

  constructor(
    status: ContentfulStatusCode,
    code: number,
    slug: string,
    message: string,
    errors?: readonly string[],
    suggestedFix?: string,
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.slug = slug;
    this.errors = errors;
    this.suggestedFix = suggestedFix;
  }

  toBody(requestId: string) {
    const { message, code, slug, status, errors, suggestedFix } = this;
    return {
      error: {
        message,
        code,
        slug,
        status,
        request_id: requestId,
        ...(suggestedFix && { suggested_fix: suggestedFix }),
        ...(errors && { errors }),
      },
    };
  }
}

export function badRequest(message: string, errors?: readonly string[]): ApiError {
  return new ApiError(400, 600, 'ConnectedAccount_BadRequest', message, errors);
}

export function retired(): ApiError {
  return new ApiError(
    400,
    600,
    'ConnectedAccount_BadRequest',
    // It names the path of v3 on every version, as SDKs recognize the error by it.
    'Creating connections on this endpoint for Composio-managed OAuth auth configs is no longer supported. Use POST /api/v3/connected_accounts/link instead.',
    undefined,
    'Use POST /api/v3/connected_accounts/link to create a connection link instead.',
  );
}

export function aliasInUse(alias: string, status: 400 | 409 = 400): ApiError {
  const message = `Alias "${alias}" is already in use by another connection for this entity`;
  return status === 400 ? badRequest(message) : conflict(message);
}

export function accountNotFound(id: string): ApiError {
  const message = `Connected account "${id}" not found`;
  return new ApiError(404, 606, 'ConnectedAccount_ResourceNotFound', message);
}

// The contract gives no code, or neither code nor slug, for the following errors; ours follow its
// style.

export function missingFields(labels: readonly string[]): ApiError {
  const message = `Missing required fields: ${labels.join(', ')}`;
  return new ApiError(400, 612, 'ConnectedAccount_MissingRequiredFields', message);
}

export function credentialsRejected(message: string): ApiError {
  return new ApiError(400, 613, 'ConnectedAccount_CredentialValidationRejected', message);
}

export function unprocessable(message: string): ApiError {
  return new ApiError(422, 614, 'ConnectedAccount_UnprocessableEntity', message);
}

export function conflict(message: string): ApiError {
  return new ApiError(409, 609, 'ConnectedAccount_Conflict', message);
}

export function revocationFailed(): ApiError {
  const message = 'The provider could not be reached to revoke the tokens';
  return new ApiError(500, 615, 'ConnectedAccount_RevocationFailed', message);
}

export function sessionNotFound(message: string): ApiError {
  return new ApiError(404, 606, 'ConnectedAccount_ResourceNotFound', message);
}

export function authConfigNotFound(): ApiError {
  return new ApiError(404, 607, 'AuthConfig_ResourceNotFound', 'Auth config not found');
}

export function toolkitNotFound(slug: string): ApiError {
  return new ApiError(404, 2_402, 'Toolkit_ToolkitNotFound', `Toolkit ${slug} not found`);
}

/** The slug was seen live; the code is ours. */
export function toolNotFound(slug: string): ApiError {
  return new ApiError(404, 2_401, 'Tool_ToolNotFound', `Tool ${slug} not found`);
}

export function unauthorized(message: string): ApiError {
  return new ApiError(401, 10_401, 'HTTP_Unauthorized', message);
}

export function routeNotFound(method: string, path: string): ApiError {
  return new ApiError(404, 10_404, 'HTTP_NotFound', `The sandbox has no ${method} ${path}`);
}

export function internal(): ApiError {
  return new ApiError(500, 10_500, 'HTTP_InternalServerError', 'Something went wrong');
}
