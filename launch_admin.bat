@echo off
rem Open the admin interface in a browser; start the service first if it does not run.
call "%~dp0scripts\launch.bat" admin --start %*
exit /b %ERRORLEVEL%
